// What udev knows of a disk: /run/udev/data/b<major>:<minor>. Read again when the file has changed.
#pragma once
#include <sys/stat.h>

#include <map>
#include <string>
#include <string_view>

#include "agent/collect/attributes.hpp"
#include "agent/collect/proc_file.hpp"

namespace vigie::agent {

using UdevProperties = std::map<std::string, std::string, std::less<>>;
// The lines "E:KEY=VALUE"; all others are passed over.
UdevProperties parse_udev_properties(std::string_view text);

class DiskInfo {
  public:
    DiskInfo(std::string folder, ReadBuffer& buffer) : folder_(std::move(folder)), buffer_(buffer) {}
    // The properties of one disk; none where udev does not know it. Valid until the next call for the same disk.
    const UdevProperties& properties_of(std::string_view major, std::string_view minor);

  private:
    struct Known {
        struct stat read {};
        UdevProperties properties;
    };
    std::string folder_;
    ReadBuffer& buffer_;
    std::string path_;
    std::map<std::string, Known, std::less<>> disks_;
};

void emit_disk_info(std::string_view device, std::string_view major, std::string_view minor,
                    const UdevProperties& properties, SeriesWriter& out);

}  // namespace vigie::agent
