// Memory of the own process.
#pragma once

namespace vigie {

// For a process that has come to rest: gives back to the kernel what only its start needed. Free memory of the heap;
// and pages of code and constants, of the program and of its libraries, which come back from the page cache one by one
// when they are used again. Nothing is lost and any thread may be at work meanwhile: only segments that are never
// written are touched. Takes about a millisecond.
void give_back_idle_memory();

}  // namespace vigie
