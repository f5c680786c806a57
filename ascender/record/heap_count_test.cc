#include "ascender/base/heap_count-inl.h"
