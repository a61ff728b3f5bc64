// /sys/class/net: what an interface is and whether it is up.
#pragma once
#include <map>
#include <span>
#include <string>

#include "agent/collect/attributes.hpp"
#include "agent/series/series_writer.hpp"
#include "shared/core/error.hpp"

namespace vigie::agent {

class Netclass {
  public:
    explicit Netclass(std::string folder);
    ~Netclass();

    // Emits each interface that no pattern excludes; excluded ones are not opened. An interface that goes away
    // meanwhile is left out; so is an attribute that the kernel refuses, such as the speed of an interface that is
    // down.
    Result<void> collect(std::span<const std::string> exclude, AttributeReader& reader, SeriesWriter& out);

  private:
    class Interface;
    void emit_one(const std::string& name, AttributeReader& reader, SeriesWriter& out);

    FolderListing folder_;
    std::map<std::string, Interface> kept_;  // by name; their attributes stay open
};

}  // namespace vigie::agent
