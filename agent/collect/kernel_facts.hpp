// Sources of one or two series: who the kernel is, SELinux, whether a restart is due.
#pragma once
#include <memory>
#include <string_view>

#include "agent/collect/context.hpp"

namespace vigie::agent {

std::unique_ptr<Collector> make_uname(const CollectContext& context);
std::unique_ptr<Collector> make_selinux(const CollectContext& context);
// node_reboot_required: Debian's packages leave /run/reboot-required when the host must be started again.
// vigie_packages_changed_timestamp_seconds: when the package manager last wrote down what is installed.
std::unique_ptr<Collector> make_reboot(const CollectContext& context);

// SELINUX= of /etc/selinux/config as SELinux numbers it: enforcing 1, permissive 0, disabled -1.
int parse_selinux_config(std::string_view text);

}  // namespace vigie::agent
