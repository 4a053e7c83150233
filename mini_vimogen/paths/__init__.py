"""Ways from clean motion to noise, seen while learning."""
