// The plainest collector: one file, a parser, and the reading's emit().
#pragma once
#include "agent/collect/context.hpp"

namespace vigie::agent {

template <auto parse>
class FileCollector final : public Collector {
  public:
    FileCollector(const char* name, std::string path, ReadBuffer& buffer)
        : Collector(name), file_(std::move(path)), buffer_(buffer) {}
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        VIGIE_TRY(const auto text, file_.read(buffer_));
        VIGIE_TRY(const auto reading, parse(text));
        emit(reading, out);
        return {};
    }

  private:
    ProcFile file_;
    ReadBuffer& buffer_;
};

}  // namespace vigie::agent
