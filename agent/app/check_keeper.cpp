// One file, written as a whole.
#include "agent/app/check_keeper.hpp"

#include <utility>

#include "shared/log/log.hpp"

namespace vigie::agent {
namespace {

// 256 checks of some 180 bytes, and much room for damage.
constexpr Bytes file_bytes_max = 1_MiB;

}  // namespace

CheckKeeper::CheckKeeper(Children& children, Files& files, std::string path, std::function<RememberedChecks()> current)
    : children_(children),
      files_(files),
      path_(std::move(path)),
      current_(std::move(current)),
      saved_(write_check_memory({})) {}

RememberedChecks CheckKeeper::load() {
    if (!files_.is_present(path_)) {
        return {};
    }
    auto text = files_.read(path_, file_bytes_max);
    auto parsed = text ? parse_check_memory(*text) : fail(text.error());
    if (!parsed) {
        log::warning("{}: {}: all checks begin anew", path_, parsed.error().message);
        return {};
    }
    if (!parsed->bad_lines.empty()) {
        log::warning("{}: line {} and {} more can't be read: these checks begin anew", path_, parsed->bad_lines.front(),
                     parsed->bad_lines.size() - 1);
    }
    saved_ = std::move(*text);
    return std::move(parsed->checks);
}

void CheckKeeper::note_change() {
    if (!is_closed_ && !delay_) {
        delay_ = children_.after(check_save_delay, [this] { save(); });
    }
}

void CheckKeeper::close() {
    if (!std::exchange(is_closed_, true)) {
        save();
    }
}

void CheckKeeper::save() {
    delay_.reset();
    auto text = write_check_memory(current_());
    if (text == saved_) {
        return;
    }
    if (const auto written = files_.write_atomically(path_, text, 0600); !written) {
        if (trouble_ != written.error().message) {
            trouble_ = written.error().message;
            log::error("checks' states are not kept: {}", trouble_);  // tried again with the next change
        }
        return;
    }
    trouble_.clear();
    saved_ = std::move(text);
}

}  // namespace vigie::agent
