// Files of one number each.
#pragma once
#include <utility>
#include <vector>

#include "agent/collect/context.hpp"
#include "agent/collect/small_files.hpp"

namespace vigie::agent {

// Files of one number each, under a series of their own. The first is needed, the others may be missing.
class NumbersCollector final : public Collector {
  public:
    struct Source {
        std::string path;
        const char* series;
    };
    NumbersCollector(const char* name, const std::vector<Source>& sources, ReadBuffer& buffer)
        : Collector(name), buffer_(buffer) {
        for (const auto& source : sources) {
            files_.emplace_back(ProcFile(source.path), source.series);
        }
    }
    Result<void> collect(const Tick&, SeriesWriter& out) override {
        for (size_t i = 0; i < files_.size(); ++i) {
            auto& [file, series] = files_[i];
            const auto text = file.read(buffer_);
            if (!text && i == 0) {
                return fail(text.error());
            }
            if (text) {
                VIGIE_TRY(const auto number, parse_number(*text, file.path()));
                out.add(series, number);
            }
        }
        return {};
    }

  private:
    std::vector<std::pair<ProcFile, const char*>> files_;
    ReadBuffer& buffer_;
};

}  // namespace vigie::agent
