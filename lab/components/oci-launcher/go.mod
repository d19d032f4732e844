module netparity.local/lab/oci-launcher

go 1.26.0
