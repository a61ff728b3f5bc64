// What a stack trace says of where it broke. Python, Java and its like, JavaScript, PHP, Go.
#pragma once
#include "agent/errors/record.hpp"

namespace vigie::agent::errors {

// Whether a text is a line of a trace, so that it belongs to the message before it though its own line looks like the
// first of a record, as when a service's output goes through syslog line by line.
bool is_stack_line(std::string_view text);
// The line that a Python traceback begins with.
bool is_traceback_start(std::string_view text);

// Fills in the exception and the place from the stack, unless the line itself told them. A message that is nothing but
// the beginning of a trace gives way to what was thrown.
void add_stack_details(LogRecord& record);

}  // namespace vigie::agent::errors
