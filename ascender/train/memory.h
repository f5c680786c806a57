// How much memory a run may use.
#pragma once

namespace ascender {

// What the system can give without swapping, page cache counted as free, within the limits of the control
// groups (as containers and batch systems set them) that the process is in.
double available_memory_bytes();

}  // namespace ascender
