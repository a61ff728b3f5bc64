#include <boost/test/unit_test.hpp>

#include "agent/checks/kinds.hpp"

using namespace vigie;
using namespace vigie::agent;

namespace {
std::string trouble(SettingType type, std::string_view value) {
    return trouble_with(SettingRule{.name = "x", .type = type}, value);
}
std::string together(std::string_view kind, const Settings& settings) {
    const auto found = trouble_with(*find_kind(kind), settings);
    return found ? fmt::format("{}: {}", found->setting, found->why) : "";
}
}  // namespace

BOOST_AUTO_TEST_SUITE(settings)

BOOST_AUTO_TEST_CASE(good_values_are_taken) {
    using enum SettingType;
    for (const auto& [type, value] :
         std::vector<std::pair<SettingType, std::string>>{{text, "QUIT\r\n"},
                                                          {word, "app/db:1"},
                                                          {host, "db-1.example.org"},
                                                          {host, "fe80::1%eth0"},
                                                          {port, "65535"},
                                                          {url, "https://[::1]:8443/a?b=%20"},
                                                          {path, "/etc/ca.pem"},
                                                          {pattern, "^(ok|fine)$"},
                                                          {SettingType::count, "0"},
                                                          {duration, "1h30m"},
                                                          {SettingType::size, "10MiB"},
                                                          {flag, "false"},
                                                          {http_status, "5xx"},
                                                          {http_header, "Host: a"},
                                                          {http_method, "HEAD"},
                                                          {dns_type, "SRV"},
                                                          {redis_role, "replica"},
                                                          {program, "-x"},
                                                          {secret_file, "/etc/s.pw"}}) {
        BOOST_TEST(trouble(type, value) == "", value);
    }
}

BOOST_AUTO_TEST_CASE(bad_values_are_refused) {
    using enum SettingType;
    for (const auto& [type, value] : std::vector<std::pair<SettingType, std::string>>{{text, ""},
                                                                                      {text, std::string("a\0b", 3)},
                                                                                      {word, "a b"},
                                                                                      {word, "-x"},
                                                                                      {host, "a b"},
                                                                                      {host, "-h"},
                                                                                      {port, "0"},
                                                                                      {port, "65536"},
                                                                                      {port, "22x"},
                                                                                      {url, "ftp://a"},
                                                                                      {url, "http://"},
                                                                                      {url, "http://a/ b"},
                                                                                      {path, "etc/ca.pem"},
                                                                                      {pattern, "("},
                                                                                      {SettingType::count, "-1"},
                                                                                      {duration, "5"},
                                                                                      {duration, "0s"},
                                                                                      {SettingType::size, "big"},
                                                                                      {flag, "yes"},
                                                                                      {http_status, "2x"},
                                                                                      {http_status, "600"},
                                                                                      {http_header, "no"},
                                                                                      {http_header, "A: b\r\nC: d"},
                                                                                      {http_method, "POST"},
                                                                                      {dns_type, "ANY"},
                                                                                      {redis_role, "slave"},
                                                                                      {text, std::string(5000, 'x')}}) {
        BOOST_TEST(trouble(type, value) != "", value);
    }
}

// Every user of the host can read a process's arguments.
BOOST_AUTO_TEST_CASE(secrets_are_kept_out_of_what_others_can_read) {
    using enum SettingType;
    BOOST_TEST(trouble(url, "https://anna:secret@web/").find("password_file") != std::string::npos);
    for (const auto* name : {"Authorization", "X-Api-Key", "Cookie", "X-Auth-Token", "Proxy-Authorization"}) {
        BOOST_TEST(trouble(http_header, fmt::format("{}: x", name)).find("headers_file") != std::string::npos, name);
    }
}

BOOST_AUTO_TEST_CASE(settings_that_exclude_each_other_are_refused) {
    BOOST_TEST(together("http", {{"url", {"https://a/"}}}) == "url: must begin with http://, as the kind is http");
    BOOST_TEST(together("https", {{"url", {"https://a/"}}}) == "");
    BOOST_TEST(together("https", {{"url", {"https://a/"}}, {"user", {"u"}}}) ==
               "user: 'user' and 'password_file' belong together");
    BOOST_TEST(together("https",
                        {{"url", {"https://a/"}}, {"certificate_warning", {"1d"}}, {"certificate_critical", {"7d"}}}) !=
               "");
    BOOST_TEST(together("http", {{"url", {"http://a/"}}, {"method", {"HEAD"}}, {"body_regex", {"x"}}}) != "");
    BOOST_TEST(together("process", {{"process", {"a"}}, {"regex", {"b"}}}) != "");
    BOOST_TEST(together("process", {{"process", {"a"}}, {"min", {"3"}}, {"max", {"2"}}}) != "");
    BOOST_TEST(together("process", {{"process", {"a"}}, {"min", {"0"}}, {"max", {"2"}}}) == "");
    BOOST_TEST(together("file", {{"path", {"/a"}}, {"age_warning", {"2h"}}, {"age_critical", {"1h"}}}) != "");
    BOOST_TEST(together("file", {{"path", {"/a"}}, {"size_min", {"2k"}}, {"size_max", {"1k"}}}) != "");
    BOOST_TEST(together("file", {{"path", {"/a"}}, {"exists", {"false"}}, {"size_max", {"1k"}}}) != "");
    BOOST_TEST(together("file", {{"path", {"/a"}}, {"exists", {"false"}}}) == "");
    BOOST_TEST(together("redis", {{"user", {"app"}}}) == "user: needs 'password_file'");
}

BOOST_AUTO_TEST_SUITE_END()
