"""Proof that FA(3) goes through the whole house: form, XML, screen and print, without loss."""
