#include "agent/logs/compressor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/logs/codecs.hpp"
#include "agent/logs/filters.hpp"
#include "agent/logs/private_copy.hpp"
#include "shared/os/files.hpp"

namespace vigie::agent::logs {
namespace {

Result<std::string> run_compressor(const Tools& tools, const std::string& path, int original, int packed) {
    Words words{tools.compress_command};
    const auto options = split_at_spaces(tools.compress_options);
    words.insert(words.end(), options.begin(), options.end());
    VIGIE_TRY(auto said, run_filters({words}, original, packed, tools, path));
    struct stat made {};
    if (fstat(packed, &made) != 0 || made.st_size == 0) {
        return fail(ErrorCode::corrupt, "{} wrote nothing", tools.compress_command);
    }
    return said;
}

Result<void> write_packed(const Tools& tools, int from, int to) {
    return tools.codec == Codec::zstd ? write_zstd(from, to, tools.level) : write_gzip(from, to, tools.level);
}

Result<void> verify(Codec codec, int packed, int original) {
    return codec == Codec::zstd ? verify_zstd(packed, original) : verify_gzip(packed, original);
}

using Times = std::array<timespec, 2>;

// To be asked before the log is read, which may count as an access.
Result<Times> times_of(int file) {
    struct stat entry {};
    if (fstat(file, &entry) != 0) {
        return fail(errno_error(errno, "look at the log"));
    }
    return Times{entry.st_atim, entry.st_mtim};
}

// Whether `to` is what a run that was killed has made of `from`.
Result<bool> is_made_of(const Folder& folder, const std::string& to, const FileFacts& target, int original,
                        const FileFacts& source, const Tools& tools) {
    if (tools.codec == Codec::external) {
        return target.written == source.written && target.size > 0;
    }
    VIGIE_TRY(const auto packed, folder.open_file(to, O_RDONLY));
    return verify(tools.codec, packed.get(), original).has_value();
}

Result<void> drop_original(const Folder& folder, const std::string& from, const Pulse& pulse) {
    VIGIE_CHECK(folder.remove(from));
    pulse();
    return folder.sync();
}

}  // namespace

Result<std::string> compress_file(const Folder& folder, const std::string& from, const std::string& to,
                                  const Tools& tools, const Pulse& pulse) {
    VIGIE_TRY(const auto source, folder.facts(from));
    VIGIE_TRY(const auto target, folder.facts(to));
    if (!source) {
        return target ? Result<std::string>{} : fail(ErrorCode::not_found, "{} is gone", folder.at(from));
    }
    VIGIE_TRY(const auto original, folder.open_file(from, O_RDONLY));
    VIGIE_TRY(const auto times, times_of(original.get()));
    std::string said;
    if (target) {
        VIGIE_TRY(const bool is_ours, is_made_of(folder, to, *target, original.get(), *source, tools));
        if (!is_ours) {
            return fail(ErrorCode::exists, "{} exists and holds something else than {}", folder.at(to), from);
        }
    } else {
        const auto fill = [&](int fd) -> Result<void> {
            if (tools.codec == Codec::external) {
                VIGIE_TRY(said, run_compressor(tools, folder.at(from), original.get(), fd));
            } else {
                VIGIE_CHECK(write_packed(tools, original.get(), fd));
                VIGIE_CHECK(verify(tools.codec, fd, original.get()));
            }
            return futimens(fd, times.data()) == 0 ? Result<void>{} : fail(errno_error(errno, "set times"));
        };
        const Finish finish{source->mode, source->uid, source->gid, original.get()};
        if (const auto made = make_file(folder, to, source->inode, finish, pulse, fill); !made) {
            return fail(made.error().at("compress " + folder.at(from)));
        }
    }
    VIGIE_CHECK(drop_original(folder, from, pulse));
    return said;
}

}  // namespace vigie::agent::logs
