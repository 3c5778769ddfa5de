"""Settings for The Littlest JupyterHub: one server, up to a hundred learners.

On the server:

    sudo -E /opt/tljh/user/bin/pip install nbgitpuller 'cnnlab[lab] @ git+https://github.com/YOUR-SCHOOL/cnnlab'
    sudo cp littlest.py /opt/tljh/config/jupyterhub_config.d/cnnlab.py
    sudo tljh-config set services.cull.timeout 3600    # a server nobody uses stops after an hour; the notebooks stay
    sudo tljh-config reload
"""

c = get_config()  # noqa: F821 # JupyterHub provides it

c.Spawner.default_url = "/lab"
c.Spawner.mem_limit = "2G"
c.Spawner.cpu_limit = 2.0
# As many threads as a learner has cores, not as many as the server has.
c.Spawner.environment = {"CNNLAB_THREADS": "2", "OPENBLAS_NUM_THREADS": "2"}
