// /sys/class/net: what an interface is and whether it is up.
#pragma once
#include <span>

#include "agent/collect/attributes.hpp"
#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

// Lists `folder` and emits each interface that no pattern excludes; excluded ones are not opened. An interface that
// goes away meanwhile is left out; so is an attribute that the kernel refuses, such as the speed of an interface that
// is down.
Result<void> collect_netclass(FolderListing& folder, std::span<const std::string> exclude, AttributeReader& reader,
                              SeriesWriter& out);

}  // namespace vigie::agent
