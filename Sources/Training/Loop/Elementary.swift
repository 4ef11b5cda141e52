import Glibc

/// The C library's functions under names that do not shadow it in every file.
func cosine(_ x: Double) -> Double { cos(x) }

func power(_ base: Double, _ exponent: Int) -> Double { pow(base, Double(exponent)) }
