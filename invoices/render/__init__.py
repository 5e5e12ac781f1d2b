"""What people see of a document: verification links, QR codes, the print and the screen view.

Reads FA(3) trees and values only: no rows, no settings of companies, no network.
"""
