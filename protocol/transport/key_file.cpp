// Nothing of the secret is left behind in memory: it is read once, and the text is wiped.
#include "protocol/transport/key_file.hpp"

#include "shared/os/secret_file.hpp"

namespace vigie::protocol {
namespace {
constexpr Bytes key_file_bytes_max = 4_KiB;  // three lines of some 50 bytes, and room for comments

// The rest of the line that begins with "word ", or "".
std::string_view value_of(std::string_view text, std::string_view word) {
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.starts_with(word) && line.size() > word.size() && line[word.size()] == ' ') {
            return line.substr(word.size() + 1);
        }
    }
    return {};
}
}  // namespace

std::string key_file_text(const KeyFile& file) {
    std::string text;
    text.reserve(key_file_bytes_max.count);  // a text that moves while it grows leaves copies
    text.append("public ").append(file.keys.public_key).append("\nsecret ").append(file.keys.secret_key.reveal());
    if (!file.controller_key.empty()) {
        text.append("\ncontroller ").append(file.controller_key);
    }
    text += '\n';
    return text;
}

Result<void> create_key_file(const std::string& path, const KeyFile& file) {
    auto text = key_file_text(file);
    auto written = create_secret_file(path, text);
    wipe(text);
    return written;
}

Result<KeyFile> load_key_file(const std::string& path) {
    VIGIE_TRY(auto text, read_secret_file(path, key_file_bytes_max));
    KeyFile file{.keys = {.public_key = std::string(value_of(text, "public")),
                          .secret_key = Secret(std::string(value_of(text, "secret")))},
                 .controller_key = std::string(value_of(text, "controller"))};
    wipe(text);
    const auto derived = public_key_of(file.keys.secret_key);
    if (!derived) {
        return fail(ErrorCode::corrupt, "{}: no usable line \"secret KEY\"", path);
    }
    if (*derived != file.keys.public_key) {
        return fail(ErrorCode::corrupt, "{}: the public key does not belong to the secret key", path);
    }
    return file;
}

}  // namespace vigie::protocol
