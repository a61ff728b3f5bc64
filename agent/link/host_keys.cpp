// Whichever step is the last before a crash, the next start finds a pair that the controller lets in.
#include "agent/link/host_keys.hpp"

#include "shared/log/log.hpp"

namespace vigie::agent {

std::string host_key_path(const std::string& folder) {
    return join_path(folder, "agent.key");
}

Result<HostKeys> HostKeys::open(Files& files, const std::string& folder) {
    HostKeys keys(files, host_key_path(folder));
    VIGIE_TRY(keys.current_, protocol::load_key_pair(keys.path_));
    keys.old_ = keys.load_beside(keys.old_path());
    keys.next_ = keys.load_beside(keys.next_path());
    return keys;
}

// A copy of what agent.key holds by now is what a crash left.
std::optional<protocol::KeyPair> HostKeys::load_beside(const std::string& path) const {
    if (!files_->is_present(path)) {
        return std::nullopt;
    }
    auto pair = protocol::load_key_pair(path);
    if (!pair) {
        log::warning("{}; it is left aside", pair.error().message);
        return std::nullopt;
    }
    if (pair->public_key == current_.public_key) {
        remove(path);
        return std::nullopt;
    }
    return std::move(*pair);
}

void HostKeys::remove(const std::string& path) const {
    if (!files_->is_present(path)) {
        return;
    }
    if (const auto removed = files_->remove(path); !removed) {
        log::warning("{}", removed.error().message);  // the next start tries again
    }
}

Result<std::string> HostKeys::make_next() {
    if (!next_) {
        auto pair = protocol::make_key_pair();
        VIGIE_CHECK(protocol::save_key_pair(*files_, next_path(), pair));
        next_ = std::move(pair);
    }
    return next_->public_key;
}

Result<bool> HostKeys::adopt(std::string_view public_key) {
    if (!next_ || next_->public_key != public_key) {
        return false;
    }
    const auto& before = offered();
    VIGIE_CHECK(protocol::save_key_pair(*files_, old_path(), before));
    VIGIE_CHECK(protocol::save_key_pair(*files_, path_, *next_));
    old_ = before;
    current_ = std::move(*next_);
    next_.reset();
    is_old_offered_ = false;
    remove(next_path());
    return true;
}

void HostKeys::drop_next(std::string_view public_key) {
    if (next_ && next_->public_key == public_key) {
        next_.reset();
        remove(next_path());
    }
}

bool HostKeys::on_refused() {
    if (!old_) {
        return false;
    }
    // Each of the two gets its turn; after the second the pause is a long one.
    is_old_offered_ = !is_old_offered_;
    return is_old_offered_;
}

Result<void> HostKeys::settle() {
    if (!old_) {
        return {};
    }
    if (is_old_offered_) {
        VIGIE_CHECK(protocol::save_key_pair(*files_, path_, *old_));
        current_ = std::move(*old_);
        is_old_offered_ = false;
    }
    old_.reset();
    remove(old_path());
    return {};
}

}  // namespace vigie::agent
