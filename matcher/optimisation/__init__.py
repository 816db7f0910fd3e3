"""How we compute: frames and arrays in, frames and arrays out."""
