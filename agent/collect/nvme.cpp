// /sys/class/nvme: which drives there are and whether they live.
#include "agent/collect/sysfs_devices.hpp"

namespace vigie::agent {
namespace {

class NvmeCollector final : public Collector {
  public:
    explicit NvmeCollector(const CollectContext& context)
        : Collector("nvme"), folder_(context.sys("/class/nvme")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_CHECK(folder_.refresh());
        for (const auto& name : folder_.names()) {
            const auto device = folder_.open(name);
            if (!device) {
                continue;
            }
            firmware_ = attributes_.text(device.get(), "firmware_rev");
            model_ = attributes_.text(device.get(), "model");
            serial_ = attributes_.text(device.get(), "serial");
            out.add("node_nvme_info",
                    {{"device", name},
                     {"firmware_revision", firmware_},
                     {"model", model_},
                     {"serial", serial_},
                     {"state", attributes_.text(device.get(), "state")}},
                    1);
        }
        return {};
    }

  private:
    FolderListing folder_;
    AttributeReader& attributes_;
    std::string firmware_, model_, serial_;
};

}  // namespace

std::unique_ptr<Collector> make_nvme(const CollectContext& context) {
    return std::make_unique<NvmeCollector>(context);
}

}  // namespace vigie::agent
