// Shared sources.
#include "agent/collect/context.hpp"

namespace vigie::agent {

const Result<StatReading>& StatSource::read_for(const Tick& tick) {
    if (read_for_ != tick.number) {
        read_for_ = tick.number;
        auto text = file_.read(buffer_);
        reading_ = text ? parse_stat(*text) : Result<StatReading>(fail(std::move(text.error())));
    }
    return reading_;
}

}  // namespace vigie::agent
