// ComputationGraph
