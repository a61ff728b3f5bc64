// /etc/os-release, or /usr/lib/os-release: which distribution this is. Read again when the file has changed.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/collect/context.hpp"

namespace vigie::agent {

// os-release(5): KEY=VALUE as a shell reads it, without expansion. A line that is none is passed over.
using OsRelease = std::map<std::string, std::string, std::less<>>;
Result<OsRelease> parse_os_release(std::string_view text);
// Major and minor of a VERSION_ID: "22.04.1" is 22.04; nothing of "rolling".
std::optional<double> version_number(std::string_view version_id);
void emit(const OsRelease& release, SeriesWriter& out);

std::unique_ptr<Collector> make_os(const CollectContext& context);

}  // namespace vigie::agent
