"""Pages of contractors, products and price lists."""

from django.urls import path

from invoices.views import (
    contractors,
    contractors_pick,
    products,
    products_catalogue,
    products_prices,
    register_imports,
)

CONTRACTORS, PRODUCTS = "firma/<nip:nip>/kontrahenci/", "firma/<nip:nip>/produkty/"
PRICES = f"{PRODUCTS}cenniki/"

urlpatterns = [
    path(CONTRACTORS, contractors.contractor_list, name="contractor-list"),
    path(f"{CONTRACTORS}nowy/", contractors.contractor_new, name="contractor-new"),
    path(f"{CONTRACTORS}wczytaj/", register_imports.contractor_import, name="contractor-import"),
    path(f"{CONTRACTORS}kontrahenci.csv", register_imports.contractor_csv, name="contractor-csv"),
    path(f"{CONTRACTORS}podpowiedzi/", contractors_pick.contractor_pick, name="contractor-pick"),
    path(f"{CONTRACTORS}<int:pk>/", contractors.contractor, name="contractor"),
    path(f"{CONTRACTORS}<int:pk>/zapisz/", contractors.contractor_edit, name="contractor-edit"),
    path(
        f"{CONTRACTORS}<int:pk>/archiwum/",
        contractors.contractor_archive,
        name="contractor-archive",
    ),
    path(PRODUCTS, products.product_list, name="product-list"),
    path(f"{PRODUCTS}nowy/", products.product_new, name="product-new"),
    path(f"{PRODUCTS}wczytaj/", register_imports.product_import, name="product-import"),
    path(f"{PRODUCTS}produkty.csv", register_imports.product_csv, name="product-csv"),
    path(f"{PRODUCTS}podpowiedzi/", contractors_pick.product_pick, name="product-pick"),
    path(
        "firma/<nip:nip>/szkice/<uuid:pk>/produkty/",
        products_catalogue.catalogue_page,
        name="invoice-products",
    ),
    path(f"{PRODUCTS}<int:pk>/", products.product, name="product"),
    path(f"{PRODUCTS}<int:pk>/zapisz/", products.product_edit, name="product-edit"),
    path(f"{PRODUCTS}<int:pk>/archiwum/", products.product_archive, name="product-archive"),
    path(PRICES, products_prices.price_lists, name="product-price-lists"),
    path(f"{PRICES}nowy/", products_prices.price_list_new, name="product-prices-new"),
    path(
        f"{PRICES}<int:pk>/wczytaj/",
        register_imports.price_list_import,
        name="product-prices-import",
    ),
    path(
        f"{PRICES}<int:pk>/cennik.csv", register_imports.price_list_csv, name="product-prices-csv"
    ),
    path(f"{PRICES}<int:pk>/", products_prices.price_list, name="product-prices"),
    path(f"{PRICES}<int:pk>/zapisz/", products_prices.price_list_edit, name="product-prices-edit"),
    path(
        f"{PRICES}<int:pk>/archiwum/",
        products_prices.price_list_archive,
        name="product-prices-archive",
    ),
]
