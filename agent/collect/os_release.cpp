// The distribution.
#include "agent/collect/os_release.hpp"

#include <sys/stat.h>

#include <cerrno>

#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

// Quotes off; a backslash in double quotes or bare text stands for the character after it.
std::string unquoted(std::string_view text) {
    const char quote = text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0] ? text[0] : 0;
    if (quote != 0) {
        text = text.substr(1, text.size() - 2);
    }
    std::string value;
    for (size_t i = 0; i < text.size(); ++i) {
        i += text[i] == '\\' && quote != '\'' && i + 1 < text.size() ? 1 : 0;
        value += text[i];
    }
    return value;
}

}  // namespace

Result<OsRelease> parse_os_release(std::string_view text) {
    OsRelease release;
    while (!text.empty()) {
        auto line = trimmed(next_line(text));
        if (line.empty() || line[0] == '#' || line.find('=') == std::string_view::npos) {
            continue;
        }
        const auto key = trimmed(cut(line, '='));
        release.insert_or_assign(std::string(key), unquoted(trimmed(line)));
    }
    if (release.empty()) {
        return fail(ErrorCode::malformed, "os-release: not one KEY=VALUE");
    }
    return release;
}

std::optional<double> version_number(std::string_view version_id) {
    size_t end = 0;
    bool has_point = false;
    for (; end < version_id.size(); ++end) {
        const char c = version_id[end];
        if (c == '.' && end > 0 && !has_point) {
            has_point = true;
        } else if (c < '0' || c > '9') {
            break;
        }
    }
    auto number = version_id.substr(0, end);
    if (number.ends_with('.')) {
        number.remove_suffix(1);
    }
    return number_in<double>(number);
}

void emit(const OsRelease& release, SeriesWriter& out) {
    const auto value = [&](std::string_view key) -> std::string_view {
        const auto found = release.find(key);
        return found == release.end() ? std::string_view() : std::string_view(found->second);
    };
    out.add("node_os_info",
            {{"build_id", value("BUILD_ID")},
             {"id", value("ID")},
             {"id_like", value("ID_LIKE")},
             {"image_id", value("IMAGE_ID")},
             {"image_version", value("IMAGE_VERSION")},
             {"name", value("NAME")},
             {"pretty_name", value("PRETTY_NAME")},
             {"variant", value("VARIANT")},
             {"variant_id", value("VARIANT_ID")},
             {"version", value("VERSION")},
             {"version_codename", value("VERSION_CODENAME")},
             {"version_id", value("VERSION_ID")}},
            1);
    if (const auto number = version_number(value("VERSION_ID")); number && *number > 0) {
        out.add("node_os_version", {{"id", value("ID")}, {"id_like", value("ID_LIKE")}, {"name", value("NAME")}},
                *number);
    }
}

namespace {

class OsCollector final : public Collector {
  public:
    explicit OsCollector(const CollectContext& context)
        : Collector("os"),
          paths_{context.options.roots.rootfs + "/etc/os-release",
                 context.options.roots.rootfs + "/usr/lib/os-release"},
          buffer_(context.sources.buffer) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        struct stat found {};
        for (const auto& path : paths_) {
            if (stat(path.c_str(), &found) == 0) {
                VIGIE_CHECK(read_changed(path, found));
                emit(release_, out);
                return {};
            }
        }
        return fail(ErrorCode::not_found, "neither {} nor {} is there", paths_[0], paths_[1]);
    }

  private:
    Result<void> read_changed(const std::string& path, const struct stat& now) {
        const bool is_same = read_path_ == path && now.st_ino == read_.st_ino && now.st_size == read_.st_size &&
                             now.st_mtim.tv_sec == read_.st_mtim.tv_sec && now.st_mtim.tv_nsec == read_.st_mtim.tv_nsec;
        if (is_same) {
            return {};
        }
        ProcFile file(path);
        VIGIE_TRY(const auto text, file.read(buffer_));
        VIGIE_TRY(release_, parse_os_release(text));
        read_path_ = path;
        read_ = now;
        return {};
    }

    std::array<std::string, 2> paths_;
    ReadBuffer& buffer_;
    std::string read_path_;
    struct stat read_ {};
    OsRelease release_;
};

}  // namespace

std::unique_ptr<Collector> make_os(const CollectContext& context) {
    return std::make_unique<OsCollector>(context);
}

}  // namespace vigie::agent
