// One key of identity.yaml.
#include "agent/link/enrolled_name.hpp"

#include "shared/config/node.hpp"
#include "shared/core/ids.hpp"

namespace vigie::agent {

Result<std::string> enrolled_name(Files& files, const std::string& folder) {
    const auto path = join_path(folder, "identity.yaml");
    VIGIE_TRY(const auto text, files.read(path, config_file_bytes_max));
    VIGIE_TRY(const auto document, config::parse_yaml(text, path));
    const auto* const name = document.find("agent");
    if (name == nullptr || !is_agent_name(name->scalar)) {
        return fail(ErrorCode::malformed, "{}: names no host under 'agent'", path);
    }
    return name->scalar;
}

}  // namespace vigie::agent
