"""Workbooks of reports read by a real LibreOffice; a command of its own (`__main__`)."""
