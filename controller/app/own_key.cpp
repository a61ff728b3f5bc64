// Where the key stands, and what its absence means.
#include "controller/app/own_key.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "shared/log/log.hpp"

namespace vigie::controller {
namespace {

struct Place {
    uint64_t device = 0;
    uint64_t inode = 0;
};

Result<Place> place_of(const std::string& path) {
    struct stat found {};
    if (stat(path.c_str(), &found) != 0) {
        return fail(errno_error(errno, path));
    }
    return Place{found.st_dev, found.st_ino};
}

std::string store_path(const std::string& state_dir) {
    return join_path(state_dir, "store");
}

std::string next_key_path(const std::string& state_dir) {
    return own_key_path(state_dir) + ".next";
}

// One that stays behind is no harm: it is the own one, and passed over.
void remove_next(Files& files, const std::string& state_dir) {
    if (const auto removed = files.remove(next_key_path(state_dir)); !removed) {
        log::warning("{}", removed.error().message);
    }
}

Result<size_t> count_enrolled(const StateStore& store) {
    size_t count = 0;
    VIGIE_CHECK(store.scan(Family::agents, "", "", [&count](std::string_view, std::string_view) {
        ++count;
        return true;
    }));
    return count;
}

}  // namespace

std::string own_key_path(const std::string& state_dir) {
    return join_path(state_dir, "controller.key");
}

Result<protocol::KeyPair> load_or_make_keys(Files& files, const std::string& state_dir, const StateStore& store) {
    const auto path = own_key_path(state_dir);
    if (files.is_present(path)) {
        return protocol::load_key_pair(path);
    }
    VIGIE_TRY(const auto enrolled, count_enrolled(store));
    if (enrolled > 0) {
        return fail(ErrorCode::not_found,
                    "{} is gone, and {} enrolled {} that key: restore the file from a backup. If it is lost for ever, "
                    "'vigie-controller key make' makes a new one; then each host must be enrolled again",
                    path, enrolled, enrolled == 1 ? "host trusts" : "hosts trust");
    }
    auto pair = protocol::make_key_pair();
    VIGIE_CHECK(protocol::save_key_pair(files, path, pair));
    return pair;
}

Result<std::string> make_own_key(Files& files, const std::string& state_dir) {
    const auto path = own_key_path(state_dir);
    if (files.is_present(path)) {
        return fail(ErrorCode::exists, "{} is there: a new key would lock out every host that trusts it", path);
    }
    VIGIE_CHECK(files.make_directories(state_dir, 0700));
    const auto pair = protocol::make_key_pair();
    VIGIE_CHECK(protocol::save_key_pair(files, path, pair));
    return pair.public_key;
}

// A next pair that is the own one is what a crash during a switch left.
Result<std::string> next_own_key(Files& files, const std::string& state_dir) {
    const auto path = next_key_path(state_dir);
    if (!files.is_present(path)) {
        return std::string();
    }
    VIGIE_TRY(const auto next, protocol::load_key_pair(path));
    VIGIE_TRY(const auto own, protocol::load_key_pair(own_key_path(state_dir)));
    if (next.public_key == own.public_key) {
        remove_next(files, state_dir);
        return std::string();
    }
    return next.public_key;
}

Result<std::string> make_next_own_key(Files& files, const std::string& state_dir, const protocol::KeyPair& pair) {
    VIGIE_TRY(const auto next, next_own_key(files, state_dir));
    if (!next.empty()) {
        return next;
    }
    VIGIE_CHECK(protocol::save_key_pair(files, next_key_path(state_dir), pair));
    return pair.public_key;
}

Result<protocol::KeyPair> switch_own_key(Files& files, const std::string& state_dir) {
    VIGIE_TRY(const auto known, next_own_key(files, state_dir));
    if (known.empty()) {
        return fail(ErrorCode::conflict, "{} is not there: make a next key with 'vigie controller key rotate'",
                    next_key_path(state_dir));
    }
    VIGIE_TRY(const auto own, protocol::load_key_pair(own_key_path(state_dir)));
    VIGIE_TRY(auto next, protocol::load_key_pair(next_key_path(state_dir)));
    VIGIE_CHECK(protocol::save_key_pair(files, own_key_path(state_dir) + ".old", own));
    if (const auto saved = protocol::save_key_pair(files, own_key_path(state_dir), next); !saved) {
        // The rename may have been done and only its sync have failed: what the next start reads is what counts.
        const auto on_disk = protocol::load_key_pair(own_key_path(state_dir));
        if (!on_disk || on_disk->public_key != next.public_key) {
            return fail(saved.error());
        }
        log::warning("{}; the new key is in its place all the same", saved.error().message);
    }
    remove_next(files, state_dir);
    return next;
}

Result<StateFolder> StateFolder::open(Files& files, const std::string& state_dir) {
    StateFolder folder(files, state_dir);
    VIGIE_TRY(const auto place, place_of(store_path(state_dir)));
    folder.device_ = place.device;
    folder.inode_ = place.inode;
    return folder;
}

std::string StateFolder::problem() const {
    const auto store = store_path(state_dir_);
    const auto place = place_of(store);
    if (!place) {
        return fmt::format("{} was moved or removed under the running controller", store);
    }
    if (place->device != device_ || place->inode != inode_) {
        return fmt::format("{} is another folder than the one the running controller has open", store);
    }
    if (!files_->is_present(own_key_path(state_dir_))) {
        return fmt::format("{} is gone", own_key_path(state_dir_));
    }
    return "";
}

}  // namespace vigie::controller
