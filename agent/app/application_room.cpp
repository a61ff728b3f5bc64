// By what is not acked, and by what is there in all.
#include "agent/app/application_room.hpp"

namespace vigie::agent {

bool has_room_for_applications(const Outbox& outbox, Bytes outbox_max) {
    return outbox.unacked_rows(protocol::Stream::metrics) < outage_readings_min ||
           outbox.used().count < outbox_max.count / 8 * 3;
}

}  // namespace vigie::agent
