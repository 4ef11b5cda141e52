// ExecutionPlanning
