package harness

import "maps"

// Beside prepares another replica of the service, with its settings and on ports of its
// own. Its log and configuration have n in their names.
func (s *Service) Beside(n string) (*Service, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	env := maps.Clone(s.env)
	for _, own := range []string{"STOCKONCE_SERVER_HTTP_ADDR", "STOCKONCE_SERVER_GRPC_ADDR", "STOCKONCE_SERVER_OPS_ADDR"} {
		delete(env, own)
	}
	r, err := NewService(s.name+"-"+n, s.binary, s.folder, env)
	if err != nil {
		return nil, err
	}
	r.access, r.document = s.access, s.document
	return r, r.configure()
}
