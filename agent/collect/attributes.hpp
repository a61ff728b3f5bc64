// Attributes of sysfs: small files, one value each, in a folder for each device.
#pragma once
#include <sys/types.h>

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"
#include "shared/os/fd.hpp"

namespace vigie::agent {

// sysfs gives an attribute of at most a page in one read; a file of a control group may be longer. A text is valid
// until the next one is read.
class AttributeReader {
  public:
    // The attribute without blanks around it; `name` may have folders in it. Errors name only `name`: callers either
    // pass over what is missing or add the device.
    Result<std::string_view> read(int folder, const char* name);
    // The same of an attribute that stays open in `kept`: one call to the kernel instead of three, for a descriptor and
    // 4 KiB of the kernel's memory. It is the same file until the caller resets it.
    Result<std::string_view> read(int folder, const char* name, Fd& kept);
    // The same with its blanks, but for the newline: some drivers pad their labels, and node_exporter keeps that.
    Result<std::string_view> read_padded(int folder, const char* name);
    // "" where it is not there or the kernel refuses it.
    std::string_view text(int folder, const char* name);
    // Nothing where it is not there, or no number.
    std::optional<double> number(int folder, const char* name);

  private:
    Result<std::string_view> taken(ssize_t got, const char* name);
    std::array<char, 16384> bytes_{};
};

// Decimal, or hexadecimal with 0x, as sysfs has them.
std::optional<double> parse_attribute(std::string_view text);

// The names in a folder in their order. Listing again reuses the memory.
class FolderListing {
  public:
    explicit FolderListing(std::string path) : path_(std::move(path)) {}
    // All names that begin with `prefix` and that no pattern excludes; not "." and what else begins with a dot.
    Result<void> refresh(std::string_view prefix = {}, std::span<const std::string> exclude = {});
    // An empty list where the folder is not there.
    void refresh_if_there(std::string_view prefix = {}, std::span<const std::string> exclude = {});
    std::span<const std::string> names() const { return {names_.data(), count_}; }
    // A folder inside it; no descriptor when it is none, or has gone meanwhile.
    Fd open(const std::string& name) const;
    int fd() const { return folder_.get(); }
    const std::string& path() const { return path_; }

  private:
    void keep(std::string_view name);
    std::string path_;
    Fd folder_;
    std::vector<std::string> names_;
    size_t count_ = 0;
};

// An attribute that becomes a series: its number divided by `divisor`.
struct AttributeSeries {
    const char* file;
    const char* series;
    double divisor = 1;
};
// Those of the table that are there and are numbers, under the same labels.
void emit_attributes(int folder, std::span<const AttributeSeries> table, std::initializer_list<SeriesLabel> labels,
                     AttributeReader& reader, SeriesWriter& out);

}  // namespace vigie::agent
