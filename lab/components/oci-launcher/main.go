// Command oci-launcher is what containerd runs in runc's place on a node with an OCI wrapper.
//
// It becomes the wrapper where a container is created or deleted, and else runc itself: of a pod's
// calls these are most, and starting a Python for each would take longer than runc does.
//
// Both command lines lie beside it, in a file of its name and .json.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"syscall"
)

// Commands are the programs to become, each with the arguments that precede containerd's.
type commands struct {
	Runc    []string `json:"runc"`
	Wrapper []string `json:"wrapper"`
}

func main() {
	err := become(os.Args[0]+".json", os.Args[1:])
	fmt.Fprintf(os.Stderr, "netparity OCI launcher: %v; run `netparity lab up` to write its configuration anew\n", err)
	os.Exit(1)
}

// become turns this process into what the arguments ask for; it returns only to tell why it cannot.
func become(configuration string, arguments []string) error {
	text, err := os.ReadFile(configuration)
	if err != nil {
		return err
	}
	var known commands
	if err := json.Unmarshal(text, &known); err != nil {
		return fmt.Errorf("%s: %w", configuration, err)
	}
	command := known.Runc
	// A word of the name may be an option's value, or a container's: the wrapper reads them all.
	if slices.Contains(arguments, "create") || slices.Contains(arguments, "delete") {
		command = known.Wrapper
	}
	if len(command) == 0 {
		return fmt.Errorf("%s: a command is missing", configuration)
	}
	err = syscall.Exec(command[0], append(command, arguments...), os.Environ())
	return fmt.Errorf("%s: %w", command[0], err)
}
