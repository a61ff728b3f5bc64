"""Certificates that tests make for servers of their own."""
import subprocess


def certificate_of(folder, days):
    """A certificate for localhost that is good for so many days, and its key."""
    files = (folder / "cert.pem", folder / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", files[1], "-out", files[0], "-days", str(days), "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    return files
