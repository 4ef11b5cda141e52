#pragma once
#include <oneapi/dnnl/dnnl.h>
#include <oneapi/dnnl/dnnl_debug.h>

#include "ActivationShim.h"
#include "OptimizerKernels.h"
#include "OwnKernels.h"
#include "ThreadTeamShim.h"
