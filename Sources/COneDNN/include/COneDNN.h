#pragma once
#include <oneapi/dnnl/dnnl.h>

#include "ThreadTeamShim.h"
