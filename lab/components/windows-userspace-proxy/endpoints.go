package main

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/proxy/config"
	"k8s.io/kubernetes/pkg/proxy/winuserspace"
)

// survivor is a proxier that outlives Endpoints which lose their ports after their Service was
// forgotten, as they do where pods and Service go together.
//
// Upstream's OnEndpointsUpdate resets the balancer of such a port without asking whether there is
// one, and the process ends. A service manager would start kube-proxy again; no one does in the lab.
// https://github.com/kubernetes/kubernetes/blob/v1.21.14/pkg/proxy/winuserspace/roundrobin.go#L275-L285
type survivor struct {
	*winuserspace.Proxier
}

var _ config.EndpointsHandler = survivor{}

// OnEndpointsUpdate lets upstream's run, and where it ends, removes the old and adds the new: these
// two do ask.
func (s survivor) OnEndpointsUpdate(old, updated *v1.Endpoints) {
	defer func() {
		if ended := recover(); ended != nil {
			klog.InfoS("Endpoints have outlived their Service", "endpoints", klog.KObj(updated), "ended", ended)
			s.OnEndpointsDelete(old)
			s.OnEndpointsAdd(updated)
		}
	}()
	s.Proxier.OnEndpointsUpdate(old, updated)
}
