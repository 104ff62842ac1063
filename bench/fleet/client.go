// One command to each target, by a bounded pool of goroutines.  client TARGETS IN-FLIGHT
package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"time"
)

const timeout = 5 * time.Second

var command = []byte("\x1bSTATUS\r")

// A single write needs no keep-alive, whose three options would be three system calls.
var dialer = net.Dialer{Timeout: timeout, KeepAlive: -1}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "client:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: client TARGETS IN-FLIGHT")
	}
	inFlight, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		return err
	}
	defer file.Close()

	targets := make(chan string, inFlight)
	lines := make(chan string, inFlight)
	var pool sync.WaitGroup
	for i := 0; i < inFlight; i++ {
		pool.Add(1)
		go func() {
			defer pool.Done()
			for device := range targets {
				lines <- line(device, exchange(device))
			}
		}()
	}
	scanner := bufio.NewScanner(file)
	go func() {
		for scanner.Scan() {
			targets <- scanner.Text()
		}
		close(targets)
		pool.Wait()
		close(lines)
	}()

	output := bufio.NewWriterSize(os.Stdout, 64*1024)
	for line := range lines {
		output.WriteString(line)
	}
	if err := output.Flush(); err != nil {
		return err
	}
	return scanner.Err()
}

func line(device string, err error) string {
	if err != nil {
		return fmt.Sprintf("{\"device\":%q,\"outcome\":\"failed\",\"text\":%q}\n", device, err)
	}
	return "{\"device\":\"" + device + "\",\"outcome\":\"ok\",\"text\":\"READY\"}\n"
}

func exchange(device string) error {
	connection, err := dialer.Dial("tcp", device)
	if err != nil {
		return err
	}
	defer connection.Close()
	if err := connection.SetDeadline(time.Now().Add(timeout)); err != nil {
		return err
	}
	if _, err := connection.Write(command); err != nil {
		return err
	}
	var answer [64]byte
	filled := 0
	for {
		n, err := connection.Read(answer[filled:])
		if err != nil {
			return err
		}
		end := bytes.IndexByte(answer[filled:filled+n], 0)
		if end >= 0 {
			if string(answer[:filled+end]) != "READY" {
				return errors.New("not READY")
			}
			return nil
		}
		filled += n
		if filled == len(answer) {
			return errors.New("too long")
		}
	}
}
