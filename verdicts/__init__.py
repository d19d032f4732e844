"""The judge: observations in, findings and cells out; pure, and importing no other room."""
