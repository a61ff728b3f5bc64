#include "tests/support/mail_server.hpp"

namespace vigie::tests {
namespace {

std::vector<std::string> with_tls(const OwnCertificate& certificate, const std::string& tls,
                                  std::vector<std::string> words) {
    words.insert(words.end(), {"--tls", tls, "--cert", certificate.cert, "--key", certificate.key});
    return words;
}

}  // namespace

OwnCertificate::OwnCertificate() {
    run_program({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-keyout", key, "-out", cert, "-days", "2", "-subj", "/CN=localhost", "-addext",
                 "subjectAltName=DNS:localhost,IP:127.0.0.1"});
}

MailServer::MailServer(const std::vector<std::string>& words) : server_("mail_server.py", words) {}

MailServer::MailServer(const OwnCertificate& certificate, const std::string& tls, std::vector<std::string> words)
    : server_("mail_server.py", with_tls(certificate, tls, std::move(words))) {}

std::string MailServer::smarthost() const {
    return "127.0.0.1:" + server_.port();
}

std::vector<nlohmann::json> MailServer::seen() const {
    std::vector<nlohmann::json> all;
    for (const auto& line : server_.lines()) {
        all.push_back(nlohmann::json::parse(line));
    }
    return all;
}

}  // namespace vigie::tests
