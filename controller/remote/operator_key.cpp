// A key pair's file with one more line.
#include "controller/remote/operator_key.hpp"

#include "shared/os/secret_file.hpp"

namespace vigie::controller {
namespace {
constexpr Bytes key_file_bytes_max = 4_KiB;
constexpr std::string_view controller_word = "controller ";

Result<void> check_controller_key(const std::string& key, const std::string& where) {
    if (!key.empty() && !protocol::is_key_text(key)) {
        return fail(ErrorCode::malformed, "{}: the controller's key is not {} characters of Z85: vigie status shows it",
                    where, protocol::key_text_size);
    }
    return {};
}
}  // namespace

Result<std::string> make_operator_key(Files& files, const std::string& path, const std::string& controller_key) {
    VIGIE_CHECK(check_controller_key(controller_key, "--controller-key"));
    if (files.is_present(path)) {
        return fail(ErrorCode::exists, "{} is there already: remove it, or name another file", path);
    }
    const auto pair = protocol::make_key_pair();
    auto text = fmt::format("public {}\nsecret {}\n", pair.public_key, pair.secret_key.reveal());
    if (!controller_key.empty()) {
        text += fmt::format("{}{}\n", controller_word, controller_key);
    }
    const auto written = files.write_atomically(path, text, 0600);
    wipe(text);
    VIGIE_CHECK(written);
    return pair.public_key;
}

Result<OperatorKey> load_operator_key(const std::string& path) {
    OperatorKey key;
    VIGIE_TRY(key.keys, protocol::load_key_pair(path));
    VIGIE_TRY(auto text, read_secret_file(path, key_file_bytes_max));
    const auto line = ("\n" + text).find("\n" + std::string(controller_word));
    if (line != std::string::npos) {
        const auto from = line + controller_word.size();
        key.controller_key = text.substr(from, text.find('\n', from) - from);
    }
    wipe(text);
    VIGIE_CHECK(check_controller_key(key.controller_key, path));
    return key;
}

}  // namespace vigie::controller
