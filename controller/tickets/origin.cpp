#include "controller/tickets/origin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace vigie::controller::tickets {
namespace {

std::string lowered(std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
    return out;
}

// Without space around it, in lower case, up to a parameter.
std::string word_of(std::string_view value) {
    const auto begin = std::min(value.find_first_not_of(" \t\r\n"), value.size());
    auto word = lowered(value.substr(begin, value.find(';') - begin));
    word.resize(word.find_last_not_of(" \t\r\n") + 1);
    return word;
}

}  // namespace

std::optional<std::string> why_automatic(const std::map<std::string, std::string>& headers) {
    for (const auto& [name, value] : headers) {
        const auto header = lowered(name);
        const auto word = word_of(value);
        const bool is_automatic = (header == "auto-submitted" && !word.empty() && word != "no") ||
                                  (header == "return-path" && (word == "<>" || word.empty())) ||
                                  (header == "precedence" && (word == "bulk" || word == "junk")) ||
                                  (header == "x-auto-response-suppress" && word != "none") ||
                                  (header == "content-type" && word == "multipart/report");
        if (is_automatic) {
            return fmt::format("its {} is '{}'", name, value);
        }
    }
    return std::nullopt;
}

}  // namespace vigie::controller::tickets
