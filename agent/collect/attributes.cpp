// One open, one read, one close for an attribute.
#include "agent/collect/attributes.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "agent/series/text.hpp"

namespace vigie::agent {

Result<std::string_view> AttributeReader::read(int folder, const char* name) {
    return read_padded(folder, name).map([](std::string_view text) { return trimmed(text); });
}

Result<std::string_view> AttributeReader::read_padded(int folder, const char* name) {
    const Fd file(openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (!file) {
        return fail(errno_error(errno, name));
    }
    return taken(::read(file.get(), bytes_.data(), bytes_.size()), name);
}

Result<std::string_view> AttributeReader::read(int folder, const char* name, Fd& kept) {
    if (!kept) {
        kept = Fd(openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    }
    if (!kept) {
        return fail(errno_error(errno, name));
    }
    return taken(pread(kept.get(), bytes_.data(), bytes_.size(), 0), name).map([](std::string_view text) {
        return trimmed(text);
    });
}

Result<std::string_view> AttributeReader::taken(ssize_t got, const char* name) {
    if (got < 0) {
        return fail(errno_error(errno, name));
    }
    std::string_view text(bytes_.data(), static_cast<size_t>(got));
    while (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    return text;
}

std::string_view AttributeReader::text(int folder, const char* name) {
    const auto text = read(folder, name);
    return text ? *text : std::string_view();
}

std::optional<double> AttributeReader::number(int folder, const char* name) {
    const auto text = read(folder, name);
    return text ? parse_attribute(*text) : std::nullopt;
}

std::optional<double> parse_attribute(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with("0x")) {
        const auto number = hex_in(text.substr(2));
        return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
    }
    if (const auto number = number_in<int64_t>(text)) {
        return static_cast<double>(*number);
    }
    const auto number = number_in<uint64_t>(text);  // counters of 64 bits
    return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

void FolderListing::keep(std::string_view name) {
    if (count_ == names_.size()) {
        names_.emplace_back();
    }
    names_[count_++].assign(name);
}

Result<void> FolderListing::refresh(std::string_view prefix, std::span<const std::string> exclude) {
    count_ = 0;
    folder_ = Fd(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Without opendir, which would take a second descriptor and 32 KiB from the heap for a few names.
    alignas(dirent64) std::array<char, 4096> entries{};
    for (;;) {
        const auto got = folder_ ? getdents64(folder_.get(), entries.data(), entries.size()) : -1;
        if (got < 0) {
            return fail(errno_error(errno, "list " + path_));
        }
        if (got == 0) {
            break;
        }
        for (ssize_t at = 0; at < got;) {
            const auto* const entry = reinterpret_cast<const dirent64*>(entries.data() + at);
            at += entry->d_reclen;
            const std::string_view name = static_cast<const char*>(entry->d_name);
            if (!name.starts_with('.') && name.starts_with(prefix) && !matches_any(exclude, name)) {
                keep(name);
            }
        }
    }
    std::sort(names_.begin(), names_.begin() + static_cast<ptrdiff_t>(count_));
    return {};
}

void FolderListing::refresh_if_there(std::string_view prefix, std::span<const std::string> exclude) {
    static_cast<void>(refresh(prefix, exclude));
}

Fd FolderListing::open(const std::string& name) const {
    return Fd(openat(folder_.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

void emit_attributes(int folder, std::span<const AttributeSeries> table, std::initializer_list<SeriesLabel> labels,
                     AttributeReader& reader, SeriesWriter& out) {
    for (const auto& one : table) {
        if (const auto number = reader.number(folder, one.file)) {
            out.add(one.series, labels, *number / one.divisor);
        }
    }
}

}  // namespace vigie::agent
