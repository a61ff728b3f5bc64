// What an operator's key file must hold besides a pair.
#include "controller/remote/operator_key.hpp"

namespace vigie::controller {
namespace {
Result<void> check_controller_key(const std::string& key, const std::string& where) {
    if (!key.empty() && !protocol::is_key_text(key)) {
        return fail(ErrorCode::malformed, "{}: the controller's key is not {} characters of Z85: vigie status shows it",
                    where, protocol::key_text_size);
    }
    return {};
}
}  // namespace

Result<std::string> make_operator_key(const std::string& path, const std::string& controller_key) {
    VIGIE_CHECK(check_controller_key(controller_key, "--controller-key"));
    const protocol::KeyFile file{.keys = protocol::make_key_pair(), .controller_key = controller_key};
    VIGIE_CHECK(protocol::create_key_file(path, file));
    return file.keys.public_key;
}

Result<protocol::KeyFile> load_operator_key(const std::string& path) {
    VIGIE_TRY(auto file, protocol::load_key_file(path));
    VIGIE_CHECK(check_controller_key(file.controller_key, path));
    return file;
}

}  // namespace vigie::controller
