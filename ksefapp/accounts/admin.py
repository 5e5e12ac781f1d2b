"""Django's admin logs in through allauth, so that the second factor counts there as well."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

admin.site.login = secure_admin_login(admin.site.login)
