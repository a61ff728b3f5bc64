// mail_server.py as a child of the test: an SMTP server on loopback that records mails and refuses as told.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/python_server.hpp"

namespace vigie::tests {

// A certificate for localhost and 127.0.0.1, and its key, made anew.
struct OwnCertificate {
    TempFolder folder;
    std::string cert = folder / "cert.pem";
    std::string key = folder / "key.pem";
    OwnCertificate();
};

class MailServer {
  public:
    // Words as in the script's usage: {"--auth", "user:password"}.
    explicit MailServer(const std::vector<std::string>& words = {});
    // With TLS: "starttls" or "first".
    MailServer(const OwnCertificate& certificate, const std::string& tls, std::vector<std::string> words = {});

    std::string smarthost() const;  // 127.0.0.1:port
    // What came so far: mails, and what was refused.
    std::vector<nlohmann::json> seen() const;

  private:
    PythonServer server_;
};

}  // namespace vigie::tests
