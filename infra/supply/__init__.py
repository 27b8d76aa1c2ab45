"""What the project is made of: bills of materials, licences, known vulnerabilities, secrets in files."""
