// /sys/class/fc_host: ports of Fibre Channel adapters.
#include <limits>

#include "agent/collect/sysfs_devices.hpp"

namespace vigie::agent {
namespace {

constexpr std::array<AttributeSeries, 14> counters{{
    {"statistics/dumped_frames", "node_fibrechannel_dumped_frames_total"},
    {"statistics/error_frames", "node_fibrechannel_error_frames_total"},
    {"statistics/invalid_crc_count", "node_fibrechannel_invalid_crc_total"},
    {"statistics/rx_frames", "node_fibrechannel_rx_frames_total"},
    {"statistics/rx_words", "node_fibrechannel_rx_words_total"},
    {"statistics/tx_frames", "node_fibrechannel_tx_frames_total"},
    {"statistics/tx_words", "node_fibrechannel_tx_words_total"},
    {"statistics/seconds_since_last_reset", "node_fibrechannel_seconds_since_last_reset_total"},
    {"statistics/invalid_tx_word_count", "node_fibrechannel_invalid_tx_words_total"},
    {"statistics/link_failure_count", "node_fibrechannel_link_failure_total"},
    {"statistics/loss_of_sync_count", "node_fibrechannel_loss_of_sync_total"},
    {"statistics/loss_of_signal_count", "node_fibrechannel_loss_of_signal_total"},
    {"statistics/nos_count", "node_fibrechannel_nos_total"},
    {"statistics/fcp_packet_aborts", "node_fibrechannel_fcp_packet_aborts_total"},
}};
// A counter with all bits set is one that the adapter does not have.
constexpr auto absent_counter = static_cast<double>(std::numeric_limits<uint64_t>::max());

struct Text {
    const char* file;
    bool is_hexadecimal;  // its 0x is cut off
};
constexpr std::array<Text, 10> texts{{{"dev_loss_tmo", false},
                                      {"fabric_name", true},
                                      {"port_id", true},
                                      {"port_name", true},
                                      {"port_state", false},
                                      {"port_type", false},
                                      {"speed", false},
                                      {"supported_classes", false},
                                      {"supported_speeds", false},
                                      {"symbolic_name", false}}};

class FibrechannelCollector final : public Collector {
  public:
    explicit FibrechannelCollector(const CollectContext& context)
        : Collector("fibrechannel"), folder_(context.sys("/class/fc_host")), attributes_(context.sources.attributes) {}

    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_CHECK(folder_.refresh());
        for (const auto& name : folder_.names()) {
            if (const auto host = folder_.open(name)) {
                emit_info(host.get(), name, out);
                emit_counters(host.get(), name, out);
            }
        }
        return {};
    }

  private:
    void emit_info(int folder, const std::string& name, SeriesWriter& out) {
        for (size_t i = 0; i < texts.size(); ++i) {
            auto text = attributes_.text(folder, texts[i].file);
            if (texts[i].is_hexadecimal && text.starts_with("0x")) {
                text.remove_prefix(2);
            }
            values_[i] = text;
        }
        std::array<SeriesLabel, texts.size() + 1> labels;
        labels[0] = {texts[0].file, values_[0]};
        labels[1] = {texts[1].file, values_[1]};
        labels[2] = {"fc_host", name};
        for (size_t i = 2; i < texts.size(); ++i) {
            labels[i + 1] = {texts[i].file, values_[i]};
        }
        out.add("node_fibrechannel_info", std::span<const SeriesLabel>(labels), 1);
    }

    void emit_counters(int folder, const std::string& name, SeriesWriter& out) {
        for (const auto& one : counters) {
            const auto number = attributes_.number(folder, one.file);
            if (number && *number != absent_counter) {
                out.add(one.series, {{"fc_host", name}}, *number);
            }
        }
    }

    FolderListing folder_;
    AttributeReader& attributes_;
    std::array<std::string, texts.size()> values_;
};

}  // namespace

std::unique_ptr<Collector> make_fibrechannel(const CollectContext& context) {
    return std::make_unique<FibrechannelCollector>(context);
}

}  // namespace vigie::agent
