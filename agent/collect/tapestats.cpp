// /sys/class/scsi_tape: tape drives. st0 stands beside nst0, st0a and others that are the same drive.
#include "agent/collect/sysfs_devices.hpp"
#include "agent/series/text.hpp"

namespace vigie::agent {
namespace {

constexpr double nanoseconds = 1e9;
constexpr std::array<AttributeSeries, 10> counters{{
    {"stats/in_flight", "node_tape_io_now"},
    {"stats/io_ns", "node_tape_io_time_seconds_total", nanoseconds},
    {"stats/other_cnt", "node_tape_io_others_total"},
    {"stats/read_byte_cnt", "node_tape_read_bytes_total"},
    {"stats/read_cnt", "node_tape_reads_completed_total"},
    {"stats/read_ns", "node_tape_read_time_seconds_total", nanoseconds},
    {"stats/resid_cnt", "node_tape_residual_total"},
    {"stats/write_byte_cnt", "node_tape_written_bytes_total"},
    {"stats/write_cnt", "node_tape_writes_completed_total"},
    {"stats/write_ns", "node_tape_write_time_seconds_total", nanoseconds},
}};

class TapestatsCollector final : public Collector {
  public:
    explicit TapestatsCollector(const CollectContext& context)
        : Collector("tapestats"),
          folder_(context.sys("/class/scsi_tape")),
          exclude_(context.options.tapestats_exclude),
          attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_CHECK(folder_.refresh("st", exclude_));
        for (const auto& name : folder_.names()) {
            const auto tape = is_digits(std::string_view(name).substr(2)) ? folder_.open(name) : Fd();
            if (tape) {
                emit_attributes(tape.get(), counters, {{"device", name}}, attributes_, out);
            }
        }
        return {};
    }

  private:
    FolderListing folder_;
    std::vector<std::string> exclude_;
    AttributeReader& attributes_;
};

}  // namespace

std::unique_ptr<Collector> make_tapestats(const CollectContext& context) {
    return std::make_unique<TapestatsCollector>(context);
}

}  // namespace vigie::agent
