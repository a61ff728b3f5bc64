// Two small files; the order of writing them leaves a usable pair of keys after a crash at any step.
#include "agent/link/pinned_keys.hpp"

#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {
constexpr Bytes next_file_bytes_max = 4_KiB;

std::string next_path(const std::string& folder) {
    return join_path(folder, "controller.next");
}

std::string read_next(Files& files, const std::string& folder, const std::string& current) {
    const auto path = next_path(folder);
    if (!files.is_present(path)) {
        return {};
    }
    const auto text = files.read(path, next_file_bytes_max);
    auto key = text ? text->substr(0, text->find('\n')) : std::string();
    if (!protocol::is_key_text(key)) {
        log::warning("{}: no public key; it is left aside", path);
        return {};
    }
    return key == current ? std::string() : key;  // a crash left the file behind
}

Result<void> remove_next(Files& files, const std::string& folder) {
    return files.is_present(next_path(folder)) ? files.remove(next_path(folder)) : Result<void>{};
}
}  // namespace

PinnedKeys PinnedKeys::open(Files& files, const std::string& folder, Identity identity) {
    identity.keys = {};
    PinnedKeys keys(files, folder, std::move(identity));
    keys.next_ = read_next(files, folder, keys.identity_.controller_key);
    return keys;
}

Result<void> PinnedKeys::settle() {
    if (!is_next_offered_) {
        return {};
    }
    auto promoted = identity_;
    promoted.controller_key = next_;
    VIGIE_CHECK(save_identity(*files_, folder_, promoted));
    identity_ = std::move(promoted);
    next_.clear();
    is_next_offered_ = false;
    log::info("the controller's key is {} now", protocol::fingerprint_of(identity_.controller_key));
    return remove_next(*files_, folder_);
}

Result<void> PinnedKeys::told(const std::string& current, const std::string& next) {
    const bool is_usable = next.empty() || (protocol::is_key_text(next) && next != current);
    if (current != offered() || is_next_offered_ || !is_usable || next == next_) {
        return {};
    }
    if (next.empty()) {
        VIGIE_CHECK(remove_next(*files_, folder_));
    } else {
        VIGIE_CHECK(files_->write_atomically(next_path(folder_), next + "\n", 0600));
    }
    next_ = next;
    return {};
}

Result<void> trust_controller(Files& files, const std::string& folder, const std::string& key) {
    if (!protocol::is_key_text(key)) {
        return fail(ErrorCode::malformed,
                    "\"{}\" is no public key: 40 characters, as `vigie controller key show` prints it",
                    key.substr(0, 64));
    }
    VIGIE_TRY(auto identity, read_identity(files, folder));
    identity.controller_key = key;
    VIGIE_CHECK(save_identity(files, folder, identity));
    return remove_next(files, folder);
}

}  // namespace vigie::agent
